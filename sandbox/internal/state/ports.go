package state

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/loopback"
)

// Ports are the TCP ports of one sandbox, all of them on 127.0.0.1.
type Ports struct {
	APIServer         int `json:"apiServer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
	Kubelet           int `json:"kubelet"`
	Infisical         int `json:"infisical"`
	Chart             int `json:"chart"`
}

func (p *Ports) all() []*int {
	return []*int{&p.APIServer, &p.ControllerManager, &p.Scheduler, &p.Kubelet, &p.Infisical, &p.Chart}
}

// Reservation holds free ports until they are needed.
type Reservation struct {
	Ports     Ports
	listeners []net.Listener
}

// ReservePorts takes free ports of the loopback interface. They stay taken until Release, so that a sandbox that is being
// made beside this one gets others.
func ReservePorts(ctx context.Context) (*Reservation, error) {
	r := &Reservation{}
	for _, port := range r.Ports.all() {
		listener, err := loopback.Listen(ctx)
		if err != nil {
			return nil, fmt.Errorf("reserve a free port on 127.0.0.1: %w", errors.Join(err, r.Release()))
		}
		r.listeners = append(r.listeners, listener)
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return r, nil
}

// Release gives the ports free, for the components to listen on.
func (r *Reservation) Release() error {
	var errs []error
	for _, listener := range r.listeners {
		errs = append(errs, listener.Close())
	}
	r.listeners = nil
	return errors.Join(errs...)
}
