//: intent = "Commands in the source that Go's tools run: generate, and cgo's options for the C compiler."
//: verdict = ["AC", "CE"]
//: why = "cgo works where there is a C compiler; generate is not asked for"
//: limits = { cpu_time_ms = 5000, wall_time_ms = 20000, memory_bytes = 268435456, processes = 64 }
//: control = { run = "cp $SOURCE main.go; go generate main.go" , seconds = 30 }
package main

import "fmt"

//go:generate echo ESCAPED it runs a command
func main() { fmt.Println("contained") }
