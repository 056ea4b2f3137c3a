package ui

import (
	"os"

	"golang.org/x/sys/windows"
)

// readsSequences makes the console heed colours and movements of the cursor. Consoles before Windows 10 cannot, and would show them as garbage.
func readsSequences(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
