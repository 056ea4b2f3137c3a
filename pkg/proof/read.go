package proof

import (
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// originals are the secrets as Infisical has them, by folder; unread says why they could not be read.
type originals struct {
	all    map[string]map[string]infisical.Secret
	path   string
	unread error
}

// read reads what has arrived from Infisical, each folder once.
func (p *Prover) read(ctx context.Context, req Request, arrivals []arrival) (originals, error) {
	out := originals{all: map[string]map[string]infisical.Secret{}, path: req.Store.Path}
	if !slices.ContainsFunc(arrivals, func(a arrival) bool { return a.err == nil }) {
		return out, nil // There is nothing to compare.
	}
	if req.Read == nil {
		out.unread = errNotAsked
		return out, nil
	}
	p.Progress("reading from Infisical to compare")
	err := req.Read(ctx, func(session Reader) error {
		for _, a := range arrivals {
			folder, _ := splitKey(out.path, a.key)
			if _, known := out.all[folder]; known || a.err != nil {
				continue
			}
			secrets, err := session.Secrets(ctx, infisical.Scope{ProjectSlug: req.Store.Project, EnvironmentSlug: req.Store.Environment,
				// ESO looks for a single key in its folder alone.
				Path: folder, Recursive: req.Store.Recursive && a.key == "", ExpandReferences: !req.Store.NoExpand})
			if err != nil {
				return err
			}
			out.all[folder] = secrets
		}
		return nil
	})
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() == nil && (apierrors.IsForbidden(err) || !verify.Decides(err)):
		out.unread = err
		return out, nil
	}
	return out, cause.Wrap("compare with Infisical", err)
}

// find is the secret that Infisical has for a key.
func (o originals) find(key string) (infisical.Secret, bool) {
	folder, name := splitKey(o.path, key)
	secret, found := o.all[folder][name]
	return secret, found
}

// splitKey finds the folder of a key as ESO does: a key with an absolute path leaves the store's own path.
func splitKey(storePath, key string) (folder, name string) {
	i := strings.LastIndex(key, "/")
	switch {
	case i < 0:
		return storePath, key
	case i == 0:
		return "/", key[1:]
	case key[0] != '/':
		// Newer versions of ESO take it as relative.
		return strings.TrimSuffix(storePath, "/") + "/" + key[:i], key[i+1:]
	default:
		return key[:i], key[i+1:]
	}
}
