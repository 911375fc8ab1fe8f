"""What a program costs: its floating-point operations, counted before it is compiled."""

import math

from jax.extend import core


def flops(jaxpr) -> int:
    """Floating-point operations of a jaxpr on all its devices: two for each product of a matrix product or convolution,
    and one for each element that anything else makes.

    The body of a scan counts once per turn, a while loop once, a condition as its most expensive branch.
    """
    return sum(_of_equation(eqn) for eqn in jaxpr.eqns)


def _of_equation(eqn):
    name, params = eqn.primitive.name, eqn.params
    size = sum(math.prod(out.aval.shape) for out in eqn.outvars)
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return 2 * size * math.prod(eqn.invars[0].aval.shape[axis] for axis in contracted)
    if name == "conv_general_dilated":
        kernel = eqn.invars[1].aval.shape
        return 2 * size * math.prod(kernel) // kernel[params["dimension_numbers"].rhs_spec[0]]
    inner = [flops(sub) for sub in core.jaxprs_in_params(params)]
    if name == "cond":
        return max(inner)
    return _times(name, params) * sum(inner) if inner else size


def _times(name, params):
    """How often an equation runs its inner jaxprs."""
    if name == "scan":
        return params["length"]
    if name == "shard_map":
        return params["mesh"].size
    return params["axis_size"] if name == "xla_pmap" else 1
