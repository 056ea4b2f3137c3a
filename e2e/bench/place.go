package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// place is where in Infisical secrets are read, and with what. This machine and the cluster's pods both reach it.
type place struct {
	host, caFile, project, environment, key string
	clientIDFile, clientSecretFile          string
	// double is the address on which to start a double of Infisical instead, by program.
	double, program string
}

func (p *place) addFlags(f *flag.FlagSet, or func(name, otherwise string) string) {
	f.StringVar(&p.host, "host", or("INFISICAL_URL", ""), "up: Infisical's address")
	f.StringVar(&p.caFile, "ca-file", or("INFISICAL_CA_FILE", ""), "up: the CA of its certificate, where that is one of its own")
	f.StringVar(&p.project, "project", or("INFISICAL_PROJECT_SLUG", ""), "up: the project's slug")
	f.StringVar(&p.environment, "environment", or("INFISICAL_ENVIRONMENT", "prod"), "up: the environment's slug")
	f.StringVar(&p.key, "key", or("INFISICAL_KEY", "DASHSCOPE_API_KEY"), "up: the secret that is to arrive")
	f.StringVar(&p.clientIDFile, "client-id-file", or("INFISICAL_CLIENT_ID_FILE", ""), "up: file with the machine identity's client ID")
	f.StringVar(&p.clientSecretFile, "client-secret-file", or("INFISICAL_CLIENT_SECRET_FILE", ""), "up: file with its client secret")
	f.StringVar(&p.double, "double", "", "up: start a double of Infisical for it, on this address of this machine that pods reach, with port or 0")
	f.StringVar(&p.program, "sandbox", "bin/eso-sandbox", "up: the program that is the double")
}

func (p place) check() error {
	if p.double == "" && (p.host == "" || p.project == "" || p.clientIDFile == "" || p.clientSecretFile == "") {
		return fmt.Errorf("%w: up needs -host, -project, -client-id-file and -client-secret-file, the variables of eso-sandbox env, or -double ADDRESS:0", errUsage)
	}
	return nil
}

// store is the name that up gives its store.
func (p place) store() string { return "infisical-" + p.project }

// open starts the double if there is to be one. The function that it returns stops it.
func (p place) open(ctx context.Context) (place, func(), error) {
	if p.double == "" {
		return p, func() {}, nil
	}
	cmd := exec.CommandContext(ctx, p.program, "infisical", "--project", "--listen", p.double)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return p, nil, err
	}
	if err := cmd.Start(); err != nil {
		return p, nil, fmt.Errorf("start the double of Infisical: %w", err)
	}
	stop := func() {
		_ = cmd.Cancel()
		_ = cmd.Wait()
	}
	var said struct{ URL, CAFile, ProjectSlug, ClientIDFile, ClientSecretFile string }
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		stop()
		return p, nil, fmt.Errorf("start the double of Infisical on %s: it does not say where it is: %w", p.double, err)
	}
	p.host, p.caFile, p.project, p.clientIDFile, p.clientSecretFile = said.URL, said.CAFile, said.ProjectSlug, said.ClientIDFile, said.ClientSecretFile
	return p, stop, nil
}
