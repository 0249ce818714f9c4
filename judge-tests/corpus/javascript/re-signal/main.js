const nothing = undefined;
console.log("hello");
console.log(nothing.length);
