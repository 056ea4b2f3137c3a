package initialize

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// interviewer asks a person at the terminal.
type interviewer struct {
	o        *Options
	projects []infisical.Project
}

// interview asks for all that was not given, and for further stores.
func (o *Options) interview(ctx context.Context, s *file.Setup) error {
	q := &interviewer{o: o}
	if err := q.text(ctx, &s.Infisical.Host, "infisical.host", "Infisical's address, https://HOST[:PORT]", ""); err != nil {
		return err
	}
	if err := q.normalize(s); err != nil {
		return err
	}
	ca, err := q.authority(ctx, s)
	if err != nil {
		return err
	}
	q.list(ctx, s, ca)
	for i := 0; ; i++ {
		if err := q.store(ctx, s.Stores[:i], &s.Stores[i]); err != nil {
			return err
		}
		more, err := ui.Confirm(ctx, o.Factory.Streams.In, o.Factory.Streams.ErrOut, "Another store, for another project, environment or folder?")
		if err != nil || !more {
			return err
		}
		s.Stores = append(s.Stores, file.Store{Auth: s.Stores[i].Auth})
	}
}

// normalize writes the address as it is used, and refuses one that would let secrets travel unencrypted.
func (q *interviewer) normalize(s *file.Setup) error {
	desired := q.o.Desired
	desired.Host = s.Infisical.Host
	err := desired.Validate()
	s.Infisical.Host = desired.Host
	return err
}

// text asks for the field until what is typed can stand there. Where it has a value already, nobody is asked; an empty answer leaves it out if
// otherwise is empty, too, and the field is none that must be there.
func (q *interviewer) text(ctx context.Context, value *string, field, question, otherwise string) error {
	return q.ask(ctx, value, question, otherwise, func(answer string) string { return file.Refusal(field, answer) }, false)
}

// optional asks for a field that may be left out.
func (q *interviewer) optional(ctx context.Context, value *string, field, question string) error {
	return q.ask(ctx, value, question, "", func(answer string) string { return file.Refusal(field, answer) }, true)
}

func (q *interviewer) ask(ctx context.Context, value *string, question, otherwise string, refusal func(string) string, optional bool) error {
	streams := q.o.Factory.Streams
	for *value == "" {
		answer, err := ui.Ask(ctx, streams.In, streams.ErrOut, question, otherwise)
		if err != nil {
			return err
		}
		if answer == "" && optional {
			return nil
		}
		if problem := refusal(answer); problem != "" {
			fmt.Fprintln(streams.ErrOut, "  That "+problem+".")
			continue
		}
		*value = answer
	}
	return nil
}

// authority looks at what the server presents, unless a CA was given. Where that is declined or cannot be looked at, a file is asked for.
func (q *interviewer) authority(ctx context.Context, s *file.Setup) (*trust.Bundle, error) {
	if q.o.CA.Given() {
		return q.o.authority(ctx, s)
	}
	if strings.HasPrefix(s.Infisical.Host, "http:") {
		return nil, nil
	}
	ca, err := q.o.authorityFromServer(ctx, s)
	var input *setup.InputError
	if err == nil || ctx.Err() != nil || errors.As(err, &input) {
		return ca, err
	}
	fmt.Fprintf(q.o.Factory.Streams.ErrOut, "  The CA is not taken from the server: %v\n", err)
	return q.authorityFromFile(ctx, s)
}

// authorityFromFile asks for a file until it is one with a CA, or for none.
func (q *interviewer) authorityFromFile(ctx context.Context, s *file.Setup) (*trust.Bundle, error) {
	for {
		var name string
		if err := q.optional(ctx, &name, "infisical.caFile", "File with the CA certificate (empty for none)"); err != nil || name == "" {
			return nil, err
		}
		q.o.CA.File.Name = name
		ca, err := q.o.authority(ctx, s)
		var input *setup.InputError
		if !errors.As(err, &input) {
			return ca, err
		}
		fmt.Fprintf(q.o.Factory.Streams.ErrOut, "  %v\n", err)
	}
}

// store asks for one store; before are those that are complete.
func (q *interviewer) store(ctx context.Context, before []file.Store, t *file.Store) error {
	project, err := q.project(ctx, t)
	if err != nil {
		return err
	}
	if err := q.environment(ctx, t, project); err != nil {
		return err
	}
	if err := q.text(ctx, &t.Path, "stores.path", "Folder in the environment", "/"); err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(b file.Store) bool { return b.Project == t.Project && b.Namespace == t.Namespace }) {
		if err := q.text(ctx, &t.Name, "stores.name", "Name of the store", "infisical-"+t.Project+"-"+t.Environment); err != nil {
			return err
		}
	}
	if err := q.optional(ctx, &t.Key, "stores.key", "Name of a secret there that proves the store (empty for none)"); err != nil {
		return err
	}
	return q.credentials(ctx, before, t)
}

// credentials asks which Secret the store logs in with, and where the pair for it is. The secret itself has no place in the file.
func (q *interviewer) credentials(ctx context.Context, before []file.Store, t *file.Store) error {
	if t.Auth == string(eso.KubernetesAuth) {
		return nil
	}
	if len(before) > 0 {
		if err := q.text(ctx, &t.Secret, "stores.secret", "Kubernetes Secret that it logs in with", orDefault(before[0].Secret)); err != nil {
			return err
		}
	}
	same := func(b file.Store) bool {
		return orDefault(b.Secret) == orDefault(t.Secret) && b.Namespace == t.Namespace
	}
	if slices.ContainsFunc(before, same) {
		return nil
	}
	if t.ClientIDFile == "" {
		if err := q.optional(ctx, &t.ClientID, "stores.clientID", "Client ID of the machine identity (empty to give it to up)"); err != nil {
			return err
		}
	}
	asked := t.ClientSecretFile == ""
	err := q.optional(ctx, &t.ClientSecretFile, "stores.clientSecretFile", "File with its client secret (empty to give it to up, which asks without showing it)")
	if asked {
		t.ClientSecretFile = q.o.fromFile(t.ClientSecretFile)
	}
	return err
}

func orDefault(secret string) string {
	if secret == "" {
		return setup.DefaultSecret
	}
	return secret
}
