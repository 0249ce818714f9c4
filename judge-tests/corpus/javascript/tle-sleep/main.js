setTimeout(() => console.log("hello"), 60_000);
