//go:build !windows

package ui

import "os"

// readsSequences has nothing to set where every terminal heeds colours and movements of the cursor.
func readsSequences(*os.File) bool { return true }
