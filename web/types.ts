/** What the API gives, by the types of its own schemas. Types only: nothing of the server comes into the page. */

export type {
  AuditItem,
  Ban,
  CallerListItem,
  CallView,
  Certificate,
  Device,
  DomainItem,
  ExtensionDetail,
  ExtensionItem,
  GroupView,
  HuntGroupItem,
  ImportView,
  LadderArrowView,
  LadderView,
  LineItem,
  LineView,
  LiveCallView,
  LogLine,
  Overview,
  PasswordView,
  ProblemError,
  QualityPoint,
  QualitySeries,
  RecordingItem,
  RecordView,
  RingGroupItem,
  RoomAction,
  RoomItem,
  RoomView,
  RuleItem,
  ScheduleItem,
  SessionItem,
  SessionView,
  SettingsView,
  SoundItem,
  TokenItem,
  Warning,
} from "../src/http/api/mod.ts";

/** A page of a long list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}
