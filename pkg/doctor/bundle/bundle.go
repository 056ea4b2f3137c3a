// Package bundle keeps what the doctor has read of a cluster in a file, so that the same verdict can be come to elsewhere. A bundle is a tar.gz with a
// manifest, a file for each input, and the report. It holds the fields alone that each input lets out, and no value of a Secret.
package bundle

import (
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Version is that of the form. A reader refuses later ones.
const Version = 1

// Manifest says what a bundle is of.
type Manifest struct {
	Version int `json:"version"`
	// Program is the version of the program that wrote it.
	Program string `json:"program"`
	// Time is when the cluster was looked at, by which the checks judge.
	Time time.Time `json:"time"`
	// Cluster, Namespace and Release are those that were looked at.
	Cluster   string `json:"cluster"`
	Namespace string `json:"namespace"`
	Release   string `json:"release"`
	// Masked means that names were replaced.
	Masked bool `json:"masked"`
	// Err says why there was no cluster to look at.
	Err *doctor.PackedError `json:"error,omitempty"`
}

// Names of the files.
const (
	manifestFile = "manifest.json"
	inputFolder  = "inputs/"
)

// Limits of what is read, against a file that was made to do harm.
const (
	maxFile  = 64 << 20
	maxTotal = 256 << 20
	maxFiles = 200
)

// FormatError says that a file is no bundle, or none that can be read.
type FormatError struct{ Problem string }

func (e *FormatError) Error() string { return "read the bundle: " + e.Problem }

func bad(format string, args ...any) error { return &FormatError{fmt.Sprintf(format, args...)} }
