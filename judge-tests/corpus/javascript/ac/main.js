const readline = require("readline");

let sum = 0;
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    for (const number of line.split(" ").filter(Boolean)) sum += Number(number);
  })
  .on("close", () => console.log(sum));
