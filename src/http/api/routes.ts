/** Every operation of the API. */

import type { Endpoint } from "./endpoint.ts";
import { sessionRoutes } from "./session_routes.ts";
import { statusRoutes } from "./status_routes.ts";

export const ENDPOINTS: readonly Endpoint[] = [...sessionRoutes, ...statusRoutes];
