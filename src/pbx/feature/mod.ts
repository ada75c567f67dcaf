export { type DialledCode, type FeatureOutcome, Features, type FeaturesOptions } from "./features.ts";
export {
  effectiveForwards,
  FORWARD_REASONS,
  type ForwardDecision,
  type ForwardOverrides,
  type ForwardReason,
  forwardTarget,
  type Hop,
  MAX_HOPS,
  rightsOf,
} from "./forward.ts";
export { PARK_MS, type Parked, type ParkResult } from "./lot.ts";
export { Parking, type ParkingControl } from "./parking.ts";
export {
  chooseJoin,
  choosePickup,
  type OngoingCall,
  type PickupDecision,
  type PickupGroup,
  type RingingPhone,
} from "./pickup.ts";
