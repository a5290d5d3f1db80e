import { type Kernel, kernel } from "../../gpu/kernel.ts";
import type { EmitOptions } from "../../gpu/dispatch.ts";
import { emit, spread, traits } from "../../gpu/emit.ts";
import type { Storage } from "../../gpu/storage.ts";
import type { Constants } from "../../gpu/specialize.ts";
import scalar from "./element_scalar.wgsl" with { type: "text" };
import vec4 from "./element_vec4.wgsl" with { type: "text" };
import subgroup from "./rows_subgroup.wgsl" with { type: "text" };
import { rowsEach } from "./walks.ts";
import workgroup from "./rows_workgroup.wgsl" with { type: "text" };

/**
 * A kernel that works on whole rows, in its four forms. Its source is written
 * once over `Elem`, `LANES` and `row_sum()`; the parts that define them are
 * appended here: with subgroups or without, by vec4 or by scalars.
 */
export interface RowKernel<N extends string> {
  form(subgroups: boolean, wide: boolean): Kernel<N>;
}

/** Declares a row kernel; `emitRows` gives `rows`, `columns` and `walk` of its Params. */
export function rowKernel<const N extends string>(
  label: string,
  source: string,
  names: readonly N[],
  entry?: string,
): RowKernel<N> {
  const forms = [workgroup, subgroup].map((rows) =>
    [scalar, vec4].map((element) =>
      kernel(label, `${source}\n${rows}\n${element}`, names, entry)
    )
  );
  return { form: (s, w) => forms[Number(s)]![Number(w)]! };
}

// Of fewer, each holds so much of a row that a CPU driver compiles for a minute.
const LEAST_LANES = 8;

/** The form of a row kernel that the adapter and the row length allow. */
export function rowForm<N extends string>(
  k: RowKernel<N>,
  columns: number,
  wide: boolean = columns % 4 === 0,
): {
  readonly kernel: Kernel<N>;
  /** Threads of a workgroup. */
  readonly lanes: number;
  /** Columns in the kernel's `Elem`s. */
  readonly columns: number;
  readonly constants: Constants;
} {
  const { subgroupSize: lanes } = traits();
  const subgroupSize = lanes >= LEAST_LANES ? lanes : 0;
  return {
    kernel: k.form(subgroupSize > 0, wide),
    lanes: subgroupSize || 64,
    columns: wide ? columns / 4 : columns,
    constants: subgroupSize > 0 ? { LANES: subgroupSize } : {},
  };
}

/** Emits a row kernel over `rows` rows of `columns` columns. */
export function emitRows<N extends string>(
  k: RowKernel<N>,
  tensors: Readonly<Record<N, { readonly storage: Storage }>>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  { params = {}, constants = {} }: EmitOptions = {},
): void {
  const form = rowForm(k, columns);
  const walk = rowsEach();
  emit(form.kernel, tensors, spread(rows, walk), {
    params: { rows, columns: form.columns, walk, ...params },
    constants: { ...constants, ...form.constants },
  });
}
