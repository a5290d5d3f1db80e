/** What the adapter can do, as far as kernels choose by it. */
export interface Traits {
  /** Lanes of a subgroup when the adapter has one fixed width, else 0. */
  readonly subgroupSize: number;
  /** Whether passes may carry timestamps. */
  readonly timestamps: boolean;
  /** Whether the adapter is a CPU in disguise. */
  readonly software: boolean;
  /** Largest range one storage binding may cover, in bytes. */
  readonly maxBindingBytes: number;
  /** Most workgroups in one dimension of a dispatch. */
  readonly maxGroups: number;
}
