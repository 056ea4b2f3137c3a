package store

// SecretChange are the properties to give to a secret; nil leaves one as it is.
type SecretChange struct {
	Value   *string
	Comment *string
}

// CreateSecret writes a secret that is not there yet.
func (s *Store) CreateSecret(actor Actor, scope Scope, key string, properties SecretChange) (LocatedSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target, failure := s.writeTarget(actor, scope, key, toCreate)
	if failure != nil {
		return LocatedSecret{}, failure
	}
	if target.folder.secrets[key] != nil {
		return LocatedSecret{}, Fail(SecretExists, "name", key)
	}
	value := ""
	set(&value, properties.Value)
	return target.located(target.folder.put(key, value, properties.Comment, s.now())), nil
}

// UpdateSecret writes the next version of a secret.
func (s *Store) UpdateSecret(actor Actor, scope Scope, key string, change SecretChange) (LocatedSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target, failure := s.writeTarget(actor, scope, key, toEdit)
	if failure != nil {
		return LocatedSecret{}, failure
	}
	secret := target.folder.secrets[key]
	if secret == nil {
		return LocatedSecret{}, Fail(SecretUnknown, "name", key)
	}
	value := secret.Value
	set(&value, change.Value)
	return target.located(target.folder.put(key, value, change.Comment, s.now())), nil
}

// DeleteSecret removes a secret and returns what it was.
func (s *Store) DeleteSecret(actor Actor, scope Scope, key string) (LocatedSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target, failure := s.writeTarget(actor, scope, key, toDelete)
	if failure != nil {
		return LocatedSecret{}, failure
	}
	secret := target.folder.secrets[key]
	if secret == nil {
		return LocatedSecret{}, Fail(SecretUnknown, "name", key)
	}
	delete(target.folder.secrets, key)
	return target.located(secret), nil
}

// target is the folder that a secret is written in.
type target struct {
	projectID string
	env       *Environment
	folder    *Folder
}

func (t target) located(secret *Secret) LocatedSecret {
	return LocatedSecret{Secret: *secret, ProjectID: t.projectID, Environment: t.env.Slug, Path: t.folder.Path}
}

// writeTarget needs s.mu held.
func (s *Store) writeTarget(actor Actor, scope Scope, key, action string) (target, *Failure) {
	project, own, failure := s.readProject(actor, scope, false)
	if failure != nil {
		return target{}, failure
	}
	at := namedSecret(scope.Environment, cleanPath(scope.Path), key)
	if failure := s.require(own, onSecrets, at, action); failure != nil {
		return target{}, failure
	}
	env := project.environment(scope.Environment)
	folder := env.folder(scope.Path)
	if folder == nil {
		return target{}, Fail(FolderUnknownInGet, "path", cleanPath(scope.Path), "environment", scope.Environment)
	}
	return target{project.ID, env, folder}, nil
}
