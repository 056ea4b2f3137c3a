package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

// layers are in the order of the way that a secret takes, by the hundreds of their codes.
var layers = [...]string{
	1: "client and cluster",
	2: "External Secrets Operator",
	3: "credentials",
	4: "TLS and CA",
	5: "reaching Infisical",
	6: "project, environment, path and permission",
	7: "stores",
	8: "ExternalSecrets",
	9: "hygiene and security",
}

// LayerName names a layer, from 1 to 9.
func LayerName(number int) string {
	if number < 1 || number >= len(layers) {
		return ""
	}
	return layers[number]
}

// LayerOf is the layer of a code, or 0 for what is none.
func LayerOf(code cause.Code) int {
	if len(code) != 5 || code[2] < '1' || code[2] > '9' {
		return 0
	}
	return int(code[2] - '0')
}
