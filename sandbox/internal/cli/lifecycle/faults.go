package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/fault"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Inject applies a fault to the running sandbox.
func (s Sandbox) Inject(ctx context.Context, name string) error {
	return s.withFaults(ctx, func(faults *fault.Injector) error { return faults.Apply(ctx, name) })
}

// Heal mends the named faults, or all that are active when none is named, and returns which they were.
func (s Sandbox) Heal(ctx context.Context, names ...string) (healed []string, err error) {
	err = s.withFaults(ctx, func(faults *fault.Injector) error {
		healed, err = faults.Heal(ctx, names...)
		return err
	})
	return healed, err
}

// withFaults holds the sandbox's lock, so that no two changes of faults run into each other.
func (s Sandbox) withFaults(ctx context.Context, change func(*fault.Injector) error) error {
	lock, err := s.Dir.Lock(ctx, nil)
	if errors.Is(err, state.ErrNone) {
		return s.notRunning()
	}
	if err != nil {
		return err
	}
	defer lock.Unlock()
	sandbox, err := s.Dir.Load()
	if errors.Is(err, state.ErrNone) || err == nil && !s.Dir.SupervisorAlive() {
		return s.notRunning()
	}
	if err != nil {
		return err
	}
	faults, err := s.injector(sandbox)
	if err != nil {
		return err
	}
	return change(faults)
}

func (s Sandbox) notRunning() error {
	return fmt.Errorf("find the sandbox %q: it is not running; start it with up", s.Name)
}

func (s Sandbox) injector(sandbox state.Sandbox) (*fault.Injector, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.Dir.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("connect to the sandbox: %w", err)
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to the sandbox: %w", err)
	}
	answers, err := getOK(s.Dir.InfisicalCA(), sandbox.InfisicalURL()+"/api/status")
	if err != nil {
		return nil, err
	}
	return fault.NewInjector(fault.Target{
		Cluster:          client,
		ControlSocket:    sandbox.ControlSocket(),
		InfisicalAnswers: answers,
		Record:           s.Dir.Faults(),
	}), nil
}
