package main

import (
	"bytes"
	"fmt"
)

func main() {
	var pieces [][]byte
	for i := 0; i < 512; i++ {
		pieces = append(pieces, bytes.Repeat([]byte{'x'}, 4<<20))
	}
	fmt.Println("hello", len(pieces))
}
