const pieces = [];
for (let i = 0; i < 512; i++) pieces.push(Buffer.alloc(4 << 20, "x"));
console.log("hello");
