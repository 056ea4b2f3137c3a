// Package runbook plans the whole runbook for a cluster, for one store or for several, and carries it out: steps run side by side where nothing
// forbids it, and one run at a time works on a cluster.
package runbook

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Book is the runbook for one cluster.
type Book struct {
	// Stores are at least one; they share one External Secrets Operator.
	Stores []*Store
	Choice Choice
	// Claims keeps other runs away while this one works.
	Claims kube.Claims
	Board  Board
}

// Board shows what goes on.
type Board interface {
	// Begin is told that a step begins.
	Begin(step string) Task
	// Note is told what people should know and what stops nothing.
	Note(line string)
}

// Task is a step that is under way.
type Task interface {
	Update(text string)
	Done(result string, failed bool)
	// Stopped ends a step that neither failed nor did its work, since another failed.
	Stopped()
}

// operator is the runner for what all stores share.
func (b *Book) operator() *setup.Runner { return b.Stores[0].Runner }

// doing runs one piece of work as a task of its own.
func (b *Book) doing(name string, work func(tell func(string)) error) error {
	task := b.Board.Begin(name)
	err := work(task.Update)
	task.Done("", err != nil)
	return err
}

// claim keeps other runs away, and returns the context to work in. Where Leases are forbidden, it warns; where there is no namespace for one,
// and none is to be made, nobody else is at work.
func (b *Book) claim(ctx context.Context) (context.Context, func(), error) {
	var task Task
	tell := func(text string) { // Most runs have nobody to wait for, and no need to hear of it.
		if task == nil {
			task = b.Board.Begin("claim")
		}
		task.Update(text)
	}
	claim, err := b.take(ctx, tell)
	if task != nil {
		task.Done("", err != nil)
	}
	switch {
	case err == nil:
		return claim.Context, claim.Release, nil
	case denied(err):
		b.Board.Note("warning: nothing keeps another run away: " + err.Error())
	case !apierrors.IsNotFound(err):
		return ctx, func() {}, atWork(err)
	}
	return ctx, func() {}, nil
}

func (b *Book) take(ctx context.Context, tell func(string)) (*kube.Claim, error) {
	operator := b.operator()
	if b.Choice.Takes(Install, Bootstrap, ApplyCA) {
		if _, err := kube.EnsureNamespace(ctx, operator.Typed, operator.Dynamic, operator.Desired.Namespace, nil, tell); err != nil {
			return nil, err
		}
	}
	claims := b.Claims
	claims.Progress = tell
	return claims.Take(ctx)
}
