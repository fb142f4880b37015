using 'main.bicep'

param name = 'langflowprod'
param environmentName = 'production'
// Replace these by yours: README.md says where they are.
param adminGroupId = '00000000-0000-0000-0000-000000000000'
param adminGroupName = 'langflow-administrators'
param pipelineConnections = [
  {
    name: 'langflow-azure'
    issuer: 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0'
    subject: 'replace-with-the-subject-of-langflow-azure'
  }
  {
    name: 'langflow-acr'
    issuer: 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0'
    subject: 'replace-with-the-subject-of-langflow-acr'
  }
]
param authorizedRanges = ['203.0.113.0/24']
param alertEmail = 'langflow-operators@example.com'
param budgetAmount = 2500
param budgetStart = '2026-12-01'
param passwordsExpire = '2027-12-01'
// Not in files: the compiler stops while one of them is not set.
param postgresqlPassword = readEnvironmentVariable('POSTGRESQL_PASSWORD')
param langflowSecretKey = readEnvironmentVariable('LANGFLOW_SECRET_KEY')
param langflowSuperuserPassword = readEnvironmentVariable('LANGFLOW_SUPERUSER_PASSWORD')
