// Package release holds how releases are made, in build.sh, and the tests of what comes of it.
package release
