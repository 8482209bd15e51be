namespace Trading.Core;

/// <summary>The way from a leaf up to the root of a Merkle tree, past one sibling of a proof at each step.</summary>
/// <param name="Node">Number of the node in its level, from 0: at first the leaf's.</param>
/// <param name="Last">Number of the last node in that level.</param>
internal readonly record struct MerklePath(long Node, long Last)
{
    /// <summary>Whether there is nothing above.</summary>
    public bool IsAtRoot => Last == 0;

    /// <summary>Whether the next sibling stands to the left of the node.</summary>
    public bool SiblingIsLeft => (Node & 1) == 1 || Node == Last;

    /// <summary>The parent. A last node that has no sibling first rises to the level where it has one.</summary>
    public MerklePath Up()
    {
        var path = this;
        while (path.Node == path.Last && (path.Node & 1) == 0 && path.Node != 0)
            path = path.Parent();
        return path.Parent();
    }

    /// <summary>The largest whole subtree that ends with this node.</summary>
    public MerklePath ToWholeSubtree()
    {
        var path = this;
        while ((path.Node & 1) == 1)
            path = path.Parent();
        return path;
    }

    private MerklePath Parent() => new(Node >> 1, Last >> 1);
}
