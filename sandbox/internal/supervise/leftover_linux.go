package supervise

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// candidates are all processes of the supervisor's session, pods' processes among them.
func candidates(status Status) []int {
	if status.PID == 0 {
		return nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && pid != os.Getpid() && session(pid) == status.PID {
			pids = append(pids, pid)
		}
	}
	return pids
}

// session reads the sixth field of /proc/PID/stat. The second one, the command's name, can hold spaces and parentheses.
func session(pid int) int {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 4 || fields[0] == "Z" { // a zombie is gone but for its parent
		return 0
	}
	id, err := strconv.Atoi(fields[3])
	if err != nil {
		return 0
	}
	return id
}

func runs(pid int, executable string) bool {
	path, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	return err == nil && strings.TrimSuffix(path, " (deleted)") == executable
}
