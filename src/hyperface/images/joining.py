"""Which of many things belong together, directly or through others."""


class Joined:
    """Things by number, each alone at first, that are joined two by two.

    Args:
        number: How many things.
    """

    def __init__(self, number: int) -> None:
        self._parents = list(range(number))

    def join(self, first: int, second: int) -> None:
        """From now on everything with the first and everything with the second is together."""
        self._parents[self.root(first)] = self.root(second)

    def root(self, thing: int) -> int:
        """One of the things that this one is together with, the same for all of them."""
        parents = self._parents
        while parents[thing] != thing:
            parents[thing] = parents[parents[thing]]
            thing = parents[thing]
        return thing
