package chart

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// file is a file of the chart, its path relative to the chart's root.
type file struct {
	path string
	data []byte
}

// annotations go into every CRD, after its own.
const annotations = `    {{- with .Values.crds.annotations }}
    {{- toYaml . | nindent 4}}
    {{- end }}
    {{- if and .Values.crds.conversion.enabled .Values.webhook.certManager.enabled .Values.webhook.certManager.addInjectorAnnotations }}
    cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "external-secrets.fullname" . }}-webhook
    {{- end }}
`

// crds makes the chart's CRD templates from the bundle in the sources. In the sources' own chart there are none: they come
// into it when it is released, and an install from a checkout with installCRDs=true quietly installs no CRD.
func crds(source string) ([]file, error) {
	data, err := os.ReadFile(filepath.Join(source, "deploy", "crds", "bundle.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the CRDs: %w", err)
	}
	values, err := os.ReadFile(filepath.Join(chartDir(source), "values.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the chart's values: %w", err)
	}
	// Older charts never serve the old version, and have no value for it.
	onRequest := bytes.Contains(values, []byte("unsafeServeV1Beta1:"))
	var files []file
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		template, err := crd(string(document), onRequest)
		if err != nil {
			return nil, fmt.Errorf("make the CRD templates: %w", err)
		}
		files = append(files, template)
	}
	return files, nil
}

func crd(document string, onRequest bool) (file, error) {
	var definition struct {
		Spec struct {
			Names struct{ Kind, Singular string }
		}
	}
	if err := yaml.Unmarshal([]byte(document), &definition); err != nil {
		return file{}, err
	}
	kind, singular := definition.Spec.Names.Kind, definition.Spec.Names.Singular
	if kind == "" || singular == "" {
		return file{}, fmt.Errorf("a document of the bundle is no CRD: %.80q", document)
	}
	if strings.Contains(document, "{{") {
		return file{}, fmt.Errorf("the CRD of %s holds braces that Helm would read as a template", kind)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(document, "---\n"), "\n") + "\n"
	if onRequest && (strings.Contains(kind, "ExternalSecret") || strings.Contains(kind, "SecretStore")) {
		text = serveV1Beta1OnRequest(text)
	}
	before, after, found := strings.Cut(text, "  annotations:\n")
	if !found {
		return file{}, fmt.Errorf("the CRD of %s has no annotations to add to", kind)
	}
	text = fmt.Sprintf("{{- if %s }}\n%s  annotations:\n%s%s{{- end }}\n", condition(kind), before, annotations, after)
	return file{path: "templates/crds/" + singular + ".yaml", data: []byte(text)}, nil
}

// condition is when a CRD is part of the release. Only some kinds can be left out on their own.
func condition(kind string) string {
	if strings.Contains(kind, "Cluster") || strings.Contains(kind, "PushSecret") {
		return "and (.Values.installCRDs) (.Values.crds.create" + kind + ")"
	}
	return ".Values.installCRDs"
}

// serveV1Beta1OnRequest lets a value decide whether the old version is served.
func serveV1Beta1OnRequest(text string) string {
	before, after, found := strings.Cut(text, "      name: v1beta1\n")
	if !found {
		return text
	}
	after = strings.Replace(after, "      served: false\n", "      served: {{ .Values.crds.unsafeServeV1Beta1 }}\n", 1)
	return before + "      name: v1beta1\n" + after
}
