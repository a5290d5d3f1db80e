// @ts-types="./std_csv.d.ts"
export * from "npm:deno-std@1.4.0/csv/mod.js";
