package supervise

import "sync"

// Status is how the supervisor and its components are.
type Status struct {
	PID        int               `json:"pid"` // of the supervisor, and of the session that its processes belong to
	Executable string            `json:"executable"`
	Components []ComponentStatus `json:"components"`
}

// ComponentStatus is how one component is.
type ComponentStatus struct {
	Name     string `json:"name"`
	PID      int    `json:"pid"` // 0 when it does not run
	Running  bool   `json:"running"`
	Ready    bool   `json:"ready"` // it has been ready since it was last started
	Restarts int    `json:"restarts"`
	LastExit string `json:"lastExit,omitempty"`
}

// board holds the status and publishes each change of it.
type board struct {
	mu      sync.Mutex
	status  Status
	publish func(Status) error
	failed  func(error)
}

func (b *board) update(index int, change func(*ComponentStatus)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status.Components[index])
	if err := b.publish(b.status); err != nil {
		b.failed(err)
	}
}
