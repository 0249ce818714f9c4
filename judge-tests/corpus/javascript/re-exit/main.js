console.log("hello");
process.exitCode = 3;
