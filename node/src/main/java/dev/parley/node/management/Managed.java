package dev.parley.node.management;

import dev.parley.node.admin.Administered;

/// What the management interface needs of its node, beyond what the admin interface needs.
public interface Managed extends Administered {}
