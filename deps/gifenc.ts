// @ts-types="./gifenc.d.ts"
export { default } from "npm:gifenc@1.0.3";
