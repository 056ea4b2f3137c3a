// Package krew judges what is handed to krew, kubectl's plugin manager, by krew's own rules and stricter ones of ours. krew's program cannot be had as
// a Go module, and its rules are few. It is for tests and for releases; the plugin does not contain it.
package krew

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// What krew calls the kind of its manifests.
const (
	APIVersion = "krew.googlecontainertools.github.com/v1alpha2"
	Kind       = "Plugin"
)

// Manifest describes a plugin to krew.
type Manifest struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`
	Spec       Spec     `json:"spec"`
}

// Metadata names the plugin.
type Metadata struct {
	Name string `json:"name"`
}

// Spec says what the plugin is and where its archives are.
type Spec struct {
	Version          string     `json:"version"`
	Homepage         string     `json:"homepage"`
	ShortDescription string     `json:"shortDescription"`
	Description      string     `json:"description"`
	Caveats          string     `json:"caveats,omitempty"`
	Platforms        []Platform `json:"platforms"`
}

// Platform is the archive for the systems that the selector matches.
type Platform struct {
	URI      string   `json:"uri"`
	SHA256   string   `json:"sha256"`
	Bin      string   `json:"bin"`
	Selector Selector `json:"selector"`
	// Files are moved after the archive is unpacked; without any, all of them are taken as they are.
	Files []File `json:"files,omitempty"`
}

// Selector matches systems by the labels os and arch.
type Selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// File is moved from a place in the archive to another.
type File struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Read reads a manifest. krew passes over fields that it does not know; a field that is misspelt is an error here.
func Read(data []byte) (Manifest, error) {
	var m Manifest
	if err := yaml.UnmarshalStrict(data, &m); err != nil {
		return m, fmt.Errorf("read the manifest for krew: %w", err)
	}
	return m, nil
}

// For is the archive for a system.
func (m Manifest) For(pair Pair) (Platform, bool) {
	for _, p := range m.Spec.Platforms {
		if p.Selector.matches(pair) {
			return p, true
		}
	}
	return Platform{}, false
}
