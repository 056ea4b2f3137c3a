package checks

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// inspected is what can be said of the pair that a store logs in with, without the pair.
type inspected struct {
	// Whole means that client ID and client secret are there, both in one Secret.
	Whole bool
	// Odd says why it can be no pair, Unusual that the client secret has not the usual form.
	Odd     string
	Unusual bool
	// Padded are the keys of the Secret around whose values there is white space.
	Padded []string
	// Mark is the same for equal client secrets of one run, and tells nothing of them.
	Mark string
}

// pairs are the pairs of the stores, by their IDs. Checks judge these; nothing else but the login looks at the values.
var pairs = doctor.NewInput("the stores' client IDs and client secrets", func(ctx context.Context, s *doctor.Snapshot) (map[eso.StoreKey]inspected, error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	all := map[eso.StoreKey]inspected{}
	for _, st := range found {
		k, held, has := secretOf(ctx, s, st)
		if !has || held.err != nil || held.value == nil {
			continue
		}
		var i inspected
		for _, wanted := range st.credentials() {
			value := string(held.value.Data[wanted.key])
			if wanted.String() == k.String() && value != strings.TrimSpace(value) {
				i.Padded = append(i.Padded, wanted.key)
			}
		}
		p, whole := pair(st, held.value)
		if i.Whole = whole; whole {
			seen, err := credentials.Inspect(p)
			var odd *credentials.Problem
			if errors.As(err, &odd) {
				// The advice of that text is for what is typed; here the Secret is to be written anew.
				i.Odd, _, _ = strings.Cut(odd.Error(), ";")
			}
			i.Unusual = err == nil && len(seen.Notes) > 0
			mark := hmac.New(sha256.New, secret)
			_, _ = mark.Write([]byte(p.ClientSecret)) // a hash takes everything
			i.Mark = fmt.Sprintf("%x", mark.Sum(nil)[:8])
		}
		all[st.Key()] = i
	}
	return all, nil
}).Asking(asksNothing).Keeping(whole)

// inspecting applies a judgement to the Secret of a store together with what is known of its pair.
func inspecting(ctx context.Context, s *doctor.Snapshot, st store, judge func(key, *corev1.Secret, inspected) doctor.Result) doctor.Result {
	return readable(ctx, s, st, func(k key, secret *corev1.Secret) doctor.Result {
		i, err := inspectedOf(ctx, s, st)
		if err != nil {
			return one(doctor.Found(err, k.object()))
		}
		return judge(k, secret, i)
	})
}

// inspectedOf is what is known of a store's pair.
func inspectedOf(ctx context.Context, s *doctor.Snapshot, st store) (inspected, error) {
	all, err := pairs.Of(ctx, s)
	return all[st.Key()], err
}
