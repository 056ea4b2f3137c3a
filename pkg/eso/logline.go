package eso

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// LogFailure is what the controller has written of a store that it could not use.
type LogFailure struct {
	At time.Time
	// Text is the error, of which the events tell the same. It may hold anything that a server has answered.
	Text string
}

// logLine are the fields of controller-runtime's log that count. The name of the kind is written in two ways.
type logLine struct {
	Level              string       `json:"level"`
	Time               float64      `json:"ts"`
	Error              string       `json:"error"`
	ClusterSecretStore *loggedStore `json:"ClusterSecretStore"`
	SecretStore        *loggedStore `json:"SecretStore"`
}

type loggedStore struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// maxLogLine is the longest line that is read; a stack trace takes a few thousand bytes.
const maxLogLine = 64 << 10

// LogFailures reads the controller's log, as JSON, for the failures of each store, in its order. Lines of any other form are passed over.
func LogFailures(log io.Reader) map[StoreKey][]LogFailure {
	found := map[StoreKey][]LogFailure{}
	lines := bufio.NewReaderSize(log, maxLogLine)
	for {
		text, long, err := lines.ReadLine()
		if err != nil {
			return found
		}
		for long && err == nil { // a line that is too long is passed over, and not what comes after it
			text, long, err = lines.ReadLine()
		}
		var line logLine
		if json.Unmarshal(text, &line) != nil || line.Level != "error" || line.Error == "" {
			continue
		}
		key := StoreKey{}
		switch {
		case line.ClusterSecretStore != nil:
			key.Name = line.ClusterSecretStore.Name
		case line.SecretStore != nil:
			key = StoreKey{line.SecretStore.Namespace, line.SecretStore.Name}
		}
		if key.Name != "" {
			found[key] = append(found[key], LogFailure{time.UnixMilli(int64(line.Time * 1000)), line.Error})
		}
	}
}
