package launch

import (
	"slices"
	"strconv"
	"strings"
)

// This file is all that the node knows about External Secrets Operator. Everything else treats it as any
// other program.

const externalSecretsRepository = "external-secrets/external-secrets"

// listenFlag is a flag of ESO that opens a port also when the chart does not pass it.
type listenFlag struct {
	name    string
	address string
	port    int32
}

// adaptExternalSecrets makes the arguments that ESO's chart 1.3.2 passes fit the ESO 0.20.4 code which the
// sandbox runs, and makes every port explicit that ESO opens by default: its processes share one host here,
// and their defaults would collide. It returns the arguments and those ports. The arguments of other images
// are returned as they are.
func adaptExternalSecrets(repository string, args []string) ([]string, []int32) {
	if repository != externalSecretsRepository && !strings.HasSuffix(repository, "/"+externalSecretsRepository) {
		return args, nil
	}
	adapted := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return hasFlag(arg, "--enable-secret-store-reconciler") || hasFlag(arg, "--unsafe-allow-generic-targets")
	})
	var ports []int32
	for _, flag := range listenFlags(adapted) {
		if !slices.ContainsFunc(adapted, func(arg string) bool { return hasFlag(arg, flag.name) }) {
			adapted = append(adapted, flag.name+"="+flag.address)
		}
		ports = append(ports, flag.port)
	}
	return adapted, ports
}

func listenFlags(args []string) []listenFlag {
	metrics := tcpAddress("--metrics-addr", 8080)
	health := tcpAddress("--healthz-addr", 8081)
	switch {
	case len(args) > 0 && args[0] == "webhook":
		return []listenFlag{metrics, health, {name: "--port", address: "10250", port: 10250}}
	case len(args) > 0 && args[0] == "certcontroller":
		return []listenFlag{metrics, health}
	}
	return []listenFlag{metrics, tcpAddress("--live-addr", 8082)}
}

func tcpAddress(name string, port int32) listenFlag {
	return listenFlag{name: name, address: ":" + strconv.Itoa(int(port)), port: port}
}

func hasFlag(arg, name string) bool {
	flag, _, _ := strings.Cut(arg, "=")
	return flag == name
}
