// What samples/langflow/secrets.yml names, written by Resource Manager: nobody needs a way into the closed vault for it.
param keyVaultName string
param redisName string
param applicationInsightsName string
@secure()
param postgresqlPassword string
@secure()
param langflowSecretKey string
@secure()
param langflowSuperuserPassword string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: keyVaultName
}
resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' existing = {
  name: '${redisName}/default'
}
resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource postgresql 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'postgresql-password'
  properties: { value: postgresqlPassword }
}
// The key has + / =, and becomes part of a URL.
resource redis 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'redis-password'
  properties: { value: uriComponent(database.listKeys().primaryKey) }
}
resource secretKey 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'langflow-secret-key'
  properties: { value: langflowSecretKey }
}
resource superuserPassword 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'langflow-superuser-password'
  properties: { value: langflowSuperuserPassword }
}
// For samples/monitoring/opentelemetry
resource connectionString 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'applicationinsights-connection-string'
  properties: { value: insights.properties.ConnectionString }
}
