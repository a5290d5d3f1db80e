// Prints 1 where a task must outlive its terminal, else 0: see hangup.ts.
import { isHangupIgnored } from "./hangup.ts";

console.log(isHangupIgnored() ? "1" : "0");
