package fault

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// double is a fault that the Infisical double makes itself when it is told to, under a name of its own.
func double(name, its, summary string, expect Expect) Fault {
	return Fault{
		Name:    name,
		Summary: summary,
		Expect:  expect,
		Server:  true,
		apply: func(ctx context.Context, t Target, saved saved) error {
			if err := control(ctx, t.ControlSocket, http.MethodPut, its); err != nil {
				return err
			}
			saved["double"] = its
			return nil
		},
		heal: func(ctx context.Context, t Target, _ saved) error {
			if err := control(ctx, t.ControlSocket, http.MethodDelete, its); err != nil {
				return err
			}
			return awaitInfisical(ctx, t)
		},
	}
}

// doubleStep is a fault of the double as a part of another.
func doubleStep(its string) step {
	f := double(its, its, "", Expect{})
	return step{apply: f.apply, heal: f.heal}
}

// unlocked ends the lock that failed logins have left, when the fault is mended. The double does nothing for a fault that is not on.
var unlocked = step{
	apply: func(context.Context, Target, saved) error { return nil },
	heal: func(ctx context.Context, t Target, _ saved) error {
		if err := control(ctx, t.ControlSocket, http.MethodPut, "locked-identity"); err != nil {
			return err
		}
		return control(ctx, t.ControlSocket, http.MethodDelete, "locked-identity")
	},
}

// awaitInfisical waits until the double answers, unless another fault that is active keeps it from doing so.
func awaitInfisical(ctx context.Context, t Target) error {
	active, err := Active(t.Record)
	if err != nil {
		return err
	}
	hidden := 0
	for _, name := range active {
		if name == "infisical-down" || name == "wrong-ca" {
			hidden++
		}
	}
	if hidden > 1 {
		return nil
	}
	return await(ctx, "wait for Infisical to answer", t.InfisicalAnswers)
}

// controlTimeout bounds one order to the double, which only changes its memory.
const controlTimeout = 10 * time.Second

func control(ctx context.Context, socket, method, name string) error {
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://sandbox/fault/"+name, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return fmt.Errorf("reach the Infisical double: %w; see whether it runs with status", err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end below
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("read the Infisical double's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("order the Infisical double: %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}
