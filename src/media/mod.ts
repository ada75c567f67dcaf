/** Voice and video: the port the business sees, and the plane behind it. */
export * from "./plane.ts";
export * from "./relay/mod.ts";
export { type ThreadLink, WorkerLink } from "./thread_link.ts";
export { WorkerPlane } from "./worker_plane.ts";
export type { WorkerPlaneOptions } from "./worker_plane_options.ts";
