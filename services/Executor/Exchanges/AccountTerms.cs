namespace Trading.Services.Exchanges;

/// <summary>What an account pays for orders of a product, and its own bounds there beside the product's rules.</summary>
/// <param name="FeePercent">The most that an order costs, in percent of its value, whether it waits or takes; discounts left out.</param>
/// <param name="LargestQuantity">Most units in one order; 0 for no bound.</param>
/// <param name="LargestNotional">Largest value of one order in the quote currency; 0 for no bound.</param>
public sealed record AccountTerms(decimal FeePercent, decimal LargestQuantity, decimal LargestNotional);
