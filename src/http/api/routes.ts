/** Every operation of the API. */

import { callRoutes } from "./call_routes.ts";
import { directoryRoutes } from "./directory_routes.ts";
import type { Endpoint } from "./endpoint.ts";
import { importRoutes } from "./import_routes.ts";
import { extensionRoutes } from "./extension_routes.ts";
import { liveRoutes } from "./live_routes.ts";
import { recordingRoutes } from "./recording_routes.ts";
import { sessionRoutes } from "./session_routes.ts";
import { soundRoutes } from "./sound_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { systemRoutes } from "./system_routes.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  ...sessionRoutes,
  ...statusRoutes,
  ...callRoutes,
  ...liveRoutes,
  ...importRoutes,
  ...recordingRoutes,
  ...extensionRoutes,
  ...directoryRoutes,
  ...soundRoutes,
  ...systemRoutes,
];
