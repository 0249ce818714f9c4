package main

import "fmt"

func main() {
	var ages map[string]int
	fmt.Println("hello")
	ages["Ada"] = 36
}
