package podworker

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// awaitImage returns the command for the container's image. An image that the node does not know is tried
// again and again, with the events and states of a node whose registry does not have it. It returns false
// when the pod ended before.
func (c *container) awaitImage() ([]string, bool) {
	for {
		command, err := c.worker.host.Images.Command(c.spec.Image)
		if err == nil {
			c.event(corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Container image %q already present on machine", c.spec.Image))
			return command, true
		}
		failed := c.failPull
		if c.spec.ImagePullPolicy == corev1.PullNever {
			failed = c.failWithoutPull
		}
		if !failed(err) {
			return nil, false
		}
	}
}

// failPull shows a pull that failed, and then waits before the next one.
func (c *container) failPull(err error) bool {
	c.event(corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", c.spec.Image))
	c.event(corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %v", c.spec.Image, err))
	c.event(corev1.EventTypeWarning, "Failed", "Error: ErrImagePull")
	c.wait("ErrImagePull", err.Error())
	if !c.worker.sleep(c.worker.host.Pace.PullError, nil) {
		return false
	}
	message := fmt.Sprintf("Back-off pulling image %q", c.spec.Image)
	c.event(corev1.EventTypeNormal, "BackOff", message)
	c.event(corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
	c.wait("ImagePullBackOff", fmt.Sprintf("%s: ErrImagePull: %v", message, err))
	return c.pullBackOff()
}

// failWithoutPull shows an image that is not there and must not be pulled.
func (c *container) failWithoutPull(error) bool {
	message := fmt.Sprintf("Container image %q is not present with pull policy of Never", c.spec.Image)
	c.event(corev1.EventTypeWarning, "ErrImageNeverPull", message)
	c.event(corev1.EventTypeWarning, "Failed", "Error: ErrImageNeverPull")
	c.wait("ErrImageNeverPull", message)
	return c.pullBackOff()
}

func (c *container) pullBackOff() bool {
	pulls := c.worker.pulls
	pulls.Next(c.spec.Image, time.Now())
	return c.worker.sleep(pulls.Get(c.spec.Image), nil)
}
