//go:build unix && !linux

package supervise

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// candidates are the components as last recorded.
func candidates(status Status) []int {
	var pids []int
	for _, c := range append([]ComponentStatus{{PID: status.PID}}, status.Components...) {
		if c.PID != 0 && c.PID != os.Getpid() {
			pids = append(pids, c.PID)
		}
	}
	return pids
}

func runs(pid int, executable string) bool {
	command, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasPrefix(string(command), executable+" ")
}
