/** Thrown by a runner that meets a part which is not built yet: the case is skipped for this reason. */
export class NotBuilt extends Error {}
