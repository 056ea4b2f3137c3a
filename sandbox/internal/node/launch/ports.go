package launch

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// containerPorts returns the TCP ports that a container declares or is probed on.
func containerPorts(container *corev1.Container) []int32 {
	var ports []int32
	for _, port := range container.Ports {
		if port.Protocol == corev1.ProtocolTCP || port.Protocol == "" {
			ports = append(ports, port.ContainerPort)
		}
	}
	for _, probe := range []*corev1.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
		if port := numericPort(probe); port != 0 {
			ports = append(ports, port)
		}
	}
	return distinct(ports)
}

// numericPort returns a probe's port where it is a number. A name can only be one of the declared ports.
func numericPort(probe *corev1.Probe) int32 {
	switch {
	case probe == nil:
		return 0
	case probe.HTTPGet != nil:
		return probe.HTTPGet.Port.IntVal
	case probe.TCPSocket != nil:
		return probe.TCPSocket.Port.IntVal
	}
	return 0
}

func distinct(ports []int32) []int32 {
	slices.Sort(ports)
	return slices.Compact(ports)
}
