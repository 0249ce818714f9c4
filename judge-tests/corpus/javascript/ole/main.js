const fs = require("fs");

while (true) fs.writeSync(1, "one more line of no use to anyone\n");
