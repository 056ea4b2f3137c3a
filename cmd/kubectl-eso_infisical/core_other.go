//go:build !unix

package main

// forbidCoreFiles has nothing to do where the system writes no core files by itself.
func forbidCoreFiles() {}
