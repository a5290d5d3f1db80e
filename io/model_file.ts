/** Configs, tokenizers and weights, in whatever case the ending is written. */
const KINDS = /\.(json|safetensors|sft|model|txt)$/i;

/** Further copies of weights in another precision or format. */
const COPIES = /\.(fp16|bf16|fp32|non_ema)\.|openvino|onnx|flax|tf_model/;

/** Whether a name is one of a file that models are read from: no code, no documents, no second copy of weights. */
export function isModelFile(path: string): boolean {
  return KINDS.test(path) && !COPIES.test(path);
}

/** Whether a name is one of a safetensors file, as its ending says in any of its spellings. */
export function isSafetensorsName(path: string): boolean {
  return /\.(safetensors|sft)$/i.test(path);
}
