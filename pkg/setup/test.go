package setup

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// cleanupTimeout bounds what is removed after a failure or an interruption.
const cleanupTimeout = 15 * time.Second

// Proof says that a secret arrived in the cluster as Infisical has it.
type Proof struct {
	Key string
	// InCluster and InInfisical are HMAC-SHA256 digests under a key that exists for this comparison alone, so that they say
	// nothing of the value.
	InCluster, InInfisical string
	// Took is the time from the ExternalSecret's creation to its Secret.
	Took time.Duration
}

func (p Proof) String() string {
	return fmt.Sprintf("%s arrived as a Kubernetes Secret in %s; keyed hashes are equal: Infisical %s, cluster %s (value not shown)",
		p.Key, p.Took, p.InInfisical, p.InCluster)
}

// Test proves the whole way: it creates an ExternalSecret, waits for its Secret, reads the same key from Infisical directly, and
// compares the two. What it created stays for Cleanup, but is removed at once if the test fails and keep is not set.
func (r *Runner) Test(ctx context.Context, keep bool) (proof Proof, err error) {
	store, err := r.currentStore(ctx)
	if err != nil {
		return Proof{}, err
	}
	if err := r.ensureNamespace(ctx, r.Desired.TestNamespace, testSpace); err != nil {
		return Proof{}, err
	}
	defer func() {
		if err != nil && !keep {
			clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
			defer cancel()
			// The test's own error is the one to report; a leftover is found by cleanup and doctor.
			_, _ = r.Cleanup(clean, false)
		}
	}()
	took, inCluster, err := r.sync(ctx, store.Name)
	if err != nil {
		return Proof{}, err
	}
	r.Progress("reading " + r.Desired.Key + " from Infisical to compare")
	inInfisical, err := r.readDirectly(ctx, store)
	if err != nil {
		return Proof{}, err
	}
	proof, err = compare(r.Desired.Key, inCluster, inInfisical)
	proof.Took = took
	return proof, err
}

// TestName is the name of the test's ExternalSecret and Secret for a key of Infisical.
func TestName(key string) string {
	valid := func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}
	name := "test-" + strings.Map(valid, strings.ToLower(key))
	return strings.TrimRight(name[:min(len(name), 63)], "-")
}

// sync creates the ExternalSecret and returns the value that ESO wrote, and how long that took.
func (r *Runner) sync(ctx context.Context, store string) (time.Duration, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, TestTimeout)
	defer cancel()
	d := r.Desired
	name := TestName(d.Key)
	// What an earlier test has left would be ready before ESO has looked.
	if err := r.deleteTests(ctx); err != nil {
		return 0, nil, err
	}
	es := eso.ExternalSecret{Namespace: d.TestNamespace, Name: name, Store: store, Key: d.Key, TargetKey: testTargetKey}
	start := time.Now()
	created, _, err := kube.Apply(ctx, r.Dynamic.Resource(eso.ExternalSecrets).Namespace(d.TestNamespace), es.Object(), false)
	if err != nil {
		return 0, nil, eso.Explain("create the test's ExternalSecret", err)
	}
	r.Progress("waiting for ESO to write Secret " + d.TestNamespace + "/" + name)
	if err := eso.WaitSynced(ctx, r.Dynamic, d.TestNamespace, name, created.GetUID()); err != nil {
		return 0, nil, err
	}
	took := since(start)
	secret, err := r.Typed.CoreV1().Secrets(d.TestNamespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return 0, nil, fmt.Errorf("read the test's Secret: %w", err)
	}
	return took, secret.Data[testTargetKey], nil
}

// readDirectly reads the key from Infisical with the credentials and the CA that ESO uses, in one login.
func (r *Runner) readDirectly(ctx context.Context, store eso.Store) (infisical.Secret, error) {
	if store.Unread != "" {
		return infisical.Secret{}, fmt.Errorf("compare with Infisical: ClusterSecretStore %s cannot be followed, since %s", store.Name, store.Unread)
	}
	session, err := r.logIn(ctx, store)
	if err != nil {
		return infisical.Secret{}, cause.Wrap("compare with Infisical", err)
	}
	defer verify.Close(ctx, session)
	folder, name := splitKey(store.Path, r.Desired.Key)
	secrets, err := session.Secrets(ctx, infisical.Scope{ProjectSlug: store.Project, EnvironmentSlug: store.Environment,
		Path: folder, Recursive: store.Recursive, ExpandReferences: !store.NoExpand})
	if err != nil {
		return infisical.Secret{}, cause.Wrap("compare with Infisical", err)
	}
	secret, found := secrets[name]
	if !found {
		return infisical.Secret{}, &cause.Error{Tried: "compare with Infisical", Cause: cause.KeyUnknown("'" + r.Desired.Key + "'")}
	}
	return secret, nil
}

// logIn logs in once, as ESO does for the store.
func (r *Runner) logIn(ctx context.Context, store eso.Store) (*infisical.Session, error) {
	server, err := r.serverOf(ctx, store)
	if err != nil {
		return nil, err
	}
	client, err := r.Verifier.Client(server)
	if err != nil {
		return nil, err
	}
	if store.Auth == eso.KubernetesAuth {
		id, err := r.identityID(ctx, store.Credentials)
		if err != nil {
			return nil, err
		}
		return r.logInAsESO(ctx, client, id)
	}
	held, err := credentials.Read(ctx, r.Dynamic, store.Credentials)
	if err != nil {
		return nil, err
	}
	return client.Login(ctx, held.Pair)
}

// splitKey finds the folder of a key as ESO does: a key with an absolute path leaves the store's own path.
func splitKey(storePath, key string) (folder, name string) {
	i := strings.LastIndex(key, "/")
	switch {
	case i < 0:
		return storePath, key
	case i == 0:
		return "/", key[1:]
	default:
		return key[:i], key[i+1:]
	}
}

// compare fails for a value that is empty, masked or different: ESO calls all three ready.
func compare(key string, inCluster []byte, inInfisical infisical.Secret) (Proof, error) {
	fail := func(code cause.Code, summary, fix string) (Proof, error) {
		return Proof{}, &cause.Error{Tried: "prove that " + key + " arrived", Cause: cause.Cause{Code: code, Summary: summary, Fix: fix}}
	}
	switch {
	case len(inCluster) == 0:
		return fail("EI804", "ESO reports success, but the Secret holds no value for it", "check that the store's host is Infisical's own address")
	case inInfisical.Hidden || string(inCluster) == "<hidden-by-infisical>":
		return fail("EI805", "Infisical masks the value: the identity may see that the secret exists, but not read it",
			"give the machine identity the permission to read values (readValue)")
	}
	once := make([]byte, sha256.Size)
	if _, err := rand.Read(once); err != nil {
		return Proof{}, fmt.Errorf("make a key for the comparison: %w", err)
	}
	digest := func(value []byte) string {
		mac := hmac.New(sha256.New, once)
		mac.Write(value)
		return fmt.Sprintf("%x", mac.Sum(nil)[:8])
	}
	p := Proof{Key: key, InCluster: digest(inCluster), InInfisical: digest(inInfisical.Value)}
	if p.InCluster != p.InInfisical {
		return fail("EI808", "the value in the cluster is not the one in Infisical",
			"it may have changed just now: run kubectl eso-infisical test again")
	}
	return p, nil
}
